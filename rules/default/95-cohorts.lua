-- A school as a whole: what several of its people need is met best together, and training days leave nobody out by oversight.

local owner = "needsd default rules"

school_rule "one-session-by-law" {
  about = "Several people must have this by law and have it no longer, or not yet: one session for all of them",
  source = "unison-2009/inset",
  owner = owner,
  when = function(cohort)
    return given(cohort.statutory >= 4, otherwise "fewer than four people must have it by law")
  end,
  recommend = function() return inset { priority = 80 } end,
}

school_rule "one-session-for-several" {
  about = "Several people of one family are below the level asked of them: a shared session on a training day",
  source = "unison-2009/inset",
  owner = owner,
  when = function(cohort)
    return given(cohort.count - cohort.statutory >= 4, otherwise "fewer than four people have the same gap")
  end,
  recommend = function(cohort)
    if cohort.family == "learning-support" then return joint_training { priority = 60 } end
    return inset { priority = 60 }
  end,
}

school_rule "network-for-a-few" {
  about = "A few people have the same gap and nobody in the school can help: colleagues in other schools may",
  source = "guide-2010/step-3",
  owner = owner,
  when = function(cohort, school)
    local gap = cohort.count - cohort.statutory
    return given(gap >= 2 and gap <= 3,         otherwise "not two or three people have the same gap")
       and given(school.clusters > 0,           otherwise "the school belongs to no cluster")
       and given(school:helpers(cohort) == 0,   otherwise "somebody in the school can help")
  end,
  recommend = function() return network { priority = 40 } end,
}
