-- Informal first: what colleagues, reading and the school's own training days can do. Rules that need a colleague ask whether one is
-- able, free and willing; none of them learns who.

local ROLE = { "role", "growth" }
local BASIC = { ["X.ENGL"] = true, ["X.MATH"] = true, ["X.ITSK"] = true }

local function workplace(need)
  return given(not BASIC[need.competence], otherwise "for your own English, mathematics and digital skills there are other ways")
end

local function helped(need, school, kind)
  return given(school:helpers(need, kind) > 0, otherwise "nobody is available here now")
end

local function one_level(need) return given(need.gap == 1, otherwise "the gap is more than one level") end
local function more_levels(need) return given(need.gap > 1, otherwise "the gap is one level only") end

rule "shadow-one-level" {
  about   = "You are one step away: seeing a colleague do it is often enough",
  source  = "guide-2010/step-3",
  owner   = "needsd default rules",
  purpose = ROLE,
  needs   = "gap",
  when    = function(need, _, school) return workplace(need) and one_level(need) and helped(need, school, "shadow-host") end,
  recommend = function() return shadowing { priority = 60 } end,
}

rule "coach-one-level" {
  about   = "You are one step away: a colleague who has the skill coaches you in your own work",
  source  = "guide-2010/step-3",
  owner   = "needsd default rules",
  purpose = ROLE,
  needs   = "gap",
  when    = function(need, _, school) return workplace(need) and one_level(need) and helped(need, school, "coach") end,
  recommend = function() return coaching { priority = 58 } end,
}

rule "mentor-two-levels" {
  about   = "This is more than one step: an experienced colleague goes the way with you",
  source  = "guide-2010/step-3",
  owner   = "needsd default rules",
  purpose = ROLE,
  needs   = "gap",
  when    = function(need, _, school) return workplace(need) and more_levels(need) and helped(need, school, "mentor") end,
  recommend = function() return mentoring { priority = 60 } end,
}

rule "coach-two-levels" {
  about   = "This is more than one step: regular coaching by a colleague who has the skill",
  source  = "guide-2010/step-3",
  owner   = "needsd default rules",
  purpose = ROLE,
  needs   = "gap",
  when    = function(need, _, school) return workplace(need) and more_levels(need) and helped(need, school, "coach") end,
  recommend = function() return coaching { weeks = 12, priority = 58 } end,
}

rule "knowledge-reading" {
  about   = "It is knowledge that is missing, not practice: the right reading closes that, and an experienced colleague can point to it",
  source  = "guide-2010/step-3",
  owner   = "needsd default rules",
  purpose = ROLE,
  needs   = "gap",
  when    = function(need)
    return workplace(need) and given(need.nature == "knowledge", otherwise "more than knowledge is missing, or nobody has said which")
  end,
  recommend = function() return resource { priority = 63 } end,
}

rule "knowledge-module" {
  about   = "Some knowledge is missing: a module on line teaches it at your own pace",
  source  = "lsis-2010",
  owner   = "needsd default rules",
  purpose = ROLE,
  needs   = "gap",
  when    = function(need, person)
    return workplace(need)
       and given(need.nature == "knowledge" or need.nature == "both", otherwise "no knowledge is missing, or nobody has said which")
       and given(person.no_computer ~= true, otherwise "you have no computer to learn with")
  end,
  recommend = function() return e_learning { priority = 54 } end,
}

-- The person's own feeling; 1 of 4 is "unsure".
local function unsure(need)
  return given(need.confidence ~= nil, otherwise "you have not said how sure you feel")
     and given(need.confidence <= 1, otherwise "you feel sure enough in this")
end

rule "unsure-buddy" {
  about   = "You feel unsure in this: a colleague to turn to helps more than a course",
  source  = "lsis-2010/recommendation-11",
  owner   = "needsd default rules",
  purpose = ROLE,
  needs   = { "gap", "met" },
  when    = function(need, _, school) return workplace(need) and unsure(need) and helped(need, school, "buddy") end,
  recommend = function() return buddying { priority = 66 } end,
}

rule "unsure-observation" {
  about   = "You feel unsure in this: watching each other at work shows what you already do well",
  source  = "lsis-2010",
  owner   = "needsd default rules",
  purpose = ROLE,
  needs   = { "gap", "met" },
  when    = function(need, _, school)
    return workplace(need)
       and unsure(need)
       and given(need.current > 0, otherwise "there is no practice to observe yet")
       and helped(need, school)
  end,
  recommend = function() return peer_observation { priority = 62 } end,
}

rule "plan-with-teachers" {
  about    = "The school works on this now: learning it together with teachers brings most",
  source   = "lsis-2010/joint-working",
  owner    = "needsd default rules",
  purpose  = ROLE,
  families = { "learning-support", "pastoral" },
  needs    = { "gap", "met" },
  when     = function(need)
    return workplace(need) and given(need.from == "plan", otherwise "this is not among the school's priorities now")
  end,
  recommend = function() return joint_training { priority = 65 } end,
}

rule "plan-training-day" {
  about   = "The school works on this now: a session on a training day serves everybody who needs it",
  source  = "guide-2010/step-3",
  owner   = "needsd default rules",
  purpose = ROLE,
  needs   = { "gap", "met" },
  when    = function(need)
    return workplace(need) and given(need.from == "plan", otherwise "this is not among the school's priorities now")
  end,
  recommend = function() return inset { priority = 64 } end,
}

rule "audit-training-day" {
  about   = "A skills audit showed this gap; where colleagues share it, one session on a training day serves all",
  source  = "guide-2010/step-1",
  owner   = "needsd default rules",
  purpose = ROLE,
  needs   = "gap",
  when    = function(need) return workplace(need) and given(need.from == "audit", otherwise "no skills audit showed this") end,
  recommend = function() return inset { priority = 56 } end,
}
