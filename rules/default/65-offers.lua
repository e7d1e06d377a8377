-- What can be booked now: a course or a network that the school or the authority offers. Help from a colleague comes first, a module
-- and reading come after. Law and safety: a course brings somebody up to date better than a module does.

-- The soonest offer of one of these kinds that this person can use.
local function offered(need, person, kinds)
  for _, o in ipairs(offers_for(need)) do
    local on_screen = o.mode == "online" and person.no_computer == true
    if kinds[o.kind] and not on_screen then return o end
  end
  return nil
end

local COURSE = { course = true }
local NETWORK = { network = true }
local UNIT = { unit = true }
local BASIC = { "X.ENGL", "X.MATH", "X.ITSK" }

local function is_basic(need)
  for _, code in ipairs(BASIC) do
    if need.competence == code then return true end
  end
  return false
end

local function course_offered(need, person)
  return given(offered(need, person, COURSE) ~= nil, otherwise "no course for this can be booked now")
end

local function booked(need, person, priority)
  return course { id = offered(need, person, COURSE).development, priority = priority, not_in_house = "it is offered for several schools together" }
end

rule "offered-refresher" {
  about   = "Your post requires this training and yours is out of date; a course that you can book now brings it up to date",
  source  = "guide-2010/step-3",
  owner   = "needsd default rules",
  purpose = "compliance",
  needs   = "lapsed",
  when    = function(need, person)
    return given(not need.certificate, otherwise "only a certificate, licence or registration counts") and course_offered(need, person)
  end,
  recommend = function(need, person) return booked(need, person, 91) end,
}

rule "offered-for-safety" {
  about   = "Your post requires a higher level than your last rating; a course that you can book now closes the gap",
  source  = "guide-2010/step-3",
  owner   = "needsd default rules",
  purpose = "compliance",
  needs   = "gap",
  when    = function(need, person)
    return given(not need.certificate, otherwise "only a certificate, licence or registration counts") and course_offered(need, person)
  end,
  recommend = function(need, person) return booked(need, person, 83) end,
}

rule "offered-basic-skills" {
  about       = "A class in a small group that you can book now; it takes you one step further",
  source      = "guide-2010/step-2",
  owner       = "needsd default rules",
  competences = BASIC,
  purpose     = { "role", "growth" },
  needs       = "gap",
  when        = course_offered,
  recommend   = function(need, person) return booked(need, person, 64) end,
}

rule "offered-course" {
  about   = "A course for this can be booked now",
  source  = "guide-2010/step-3",
  owner   = "needsd default rules",
  purpose = { "role", "growth" },
  needs   = "gap",
  when    = function(need, person, school)
    return given(not is_basic(need), otherwise "the class for your own skills has a rule of its own")
       and given(school:helpers(need) == 0, otherwise "a colleague in school can help, and that comes first")
       and course_offered(need, person)
  end,
  recommend = function(need, person) return booked(need, person, 55) end,
}

rule "offered-network" {
  about   = "Nobody in your school can help with this; a network of people in the same work meets, and you can join",
  source  = "guide-2010/step-3",
  owner   = "needsd default rules",
  purpose = { "role", "growth" },
  needs   = "gap",
  when    = function(need, person, school)
    return given(school:helpers(need) == 0, otherwise "a colleague in school can help, and that comes first")
       and given(offered(need, person, NETWORK) ~= nil, otherwise "no network for this meets now")
  end,
  recommend = function(need, person)
    return network { id = offered(need, person, NETWORK).development, priority = 56 }
  end,
}

rule "offered-unit" {
  about   = "A single unit for this can be booked now; what you can already do is recognised, and training covers the rest",
  source  = "press-2008",
  owner   = "needsd default rules",
  purpose = { "role", "growth" },
  needs   = "gap",
  when    = function(need, person, school)
    return given(person.progression ~= "no", otherwise "you have said that you do not want to study for now")
       and given(school:helpers(need) == 0, otherwise "a colleague in school can help, and that comes first")
       and given(offered(need, person, UNIT) ~= nil, otherwise "no unit for this can be booked now")
  end,
  recommend = function(need, person)
    local code = offered(need, person, UNIT).development:sub(#"unit." + 1)
    return unit { code = code, priority = 57, not_in_house = "nobody is available in your school now" }
  end,
}
