-- What somebody wants to do one day. Seeing and meeting come before signing up for anything.

local function wished(need) return given(need.from == "wish", otherwise "you have not named this as a wish") end

rule "wish-shadow" {
  about   = "You want to move towards this: spend some time with a colleague who does it",
  source  = "guide-2010/step-2",
  owner   = "needsd default rules",
  purpose = "growth",
  when    = function(need, _, school)
    return wished(need) and given(school:helpers(need, "shadow-host") > 0, otherwise "nobody is available here now")
  end,
  recommend = function() return shadowing { priority = 64 } end,
}

rule "wish-network" {
  about   = "You want to move towards this: meet people of neighbouring schools who do it already",
  source  = "guide-2010/step-3",
  owner   = "needsd default rules",
  purpose = "growth",
  when    = function(need, _, school)
    return wished(need) and given(school.clusters > 0, otherwise "your school belongs to no group of schools")
  end,
  recommend = function() return network { priority = 57 } end,
}

-- The qualification asked for and not held yet; one known to be open before one of which nobody knows.
local function asked_for(need, person)
  local best
  for _, q in ipairs(qualifications_for(need)) do
    local suits = person:wishes("qualification", q.id) and not person:holds(q.id)
    if suits and (best == nil or (best.open ~= "yes" and q.open == "yes")) then best = q end
  end
  return best
end

rule "wish-qualification" {
  about   = "You have asked for this qualification, and it gives what you want to be able to do",
  source  = "guide-2010/step-3",
  owner   = "needsd default rules",
  purpose = { "role", "growth" },
  needs   = "gap",
  when    = function(need, person)
    return given(asked_for(need, person) ~= nil, otherwise "you have asked for no open qualification that gives this")
  end,
  recommend = function(need, person)
    local q = asked_for(need, person)
    local fields = { id = q.id, priority = 59, not_in_house = "you want the award itself, which only an awarding body can give" }
    if q.open ~= "yes" then
      fields.priority = 20
      fields.because = "You have asked for it; ask first whether one can still register"
    end
    if q.type == "apprenticeship" then return apprenticeship(fields) end
    if q.type == "status" then return status(fields) end
    return qualification(fields)
  end,
}

rule "growth-project" {
  about   = "You can do this already with support and want to move on: a small project of your own takes it further",
  source  = "guide-2010/step-3",
  owner   = "needsd default rules",
  purpose = "growth",
  when    = function(need, person)
    return given(need.current >= 2, otherwise "a project needs some practice first")
       and given(person.progression == "yes", otherwise "you have not said that you want to move on now")
  end,
  recommend = function() return action_research { priority = 45 } end,
}
