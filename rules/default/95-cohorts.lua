-- The school as a whole: when several people have the same need, train them together, and make sure that nobody is left out.

local owner = "needsd default rules"

school_rule "one-session-by-law" {
  about = "Several people need this by law and do not have it, or theirs is out of date; one session can train all of them",
  source = "unison-2009/inset",
  owner = owner,
  when = function(cohort)
    return given(cohort.statutory >= 4, otherwise "fewer than four people need it by law")
  end,
  recommend = function() return inset { priority = 80 } end,
}

school_rule "one-session-for-several" {
  about = "Several people in one role family are below the level they need; one session on a training day can train all of them",
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
  about = "A few people have the same gap and nobody in the school can help; colleagues in other schools may be able to",
  source = "guide-2010/step-3",
  owner = owner,
  when = function(cohort, school)
    local gap = cohort.count - cohort.statutory
    return given(gap >= 2 and gap <= 3,         otherwise "the number of people with this gap is not two or three")
       and given(school.clusters > 0,           otherwise "the school belongs to no cluster")
       and given(school:helpers(cohort) == 0,   otherwise "somebody in the school can help")
  end,
  recommend = function() return network { priority = 40 } end,
}
