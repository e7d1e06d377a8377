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

rule "wish-qualification" {
  about   = "You have asked for this qualification, and it gives what you want to be able to do",
  source  = "guide-2010/step-3",
  owner   = "needsd default rules",
  purpose = { "role", "growth" },
  needs   = "gap",
  when    = function(need, person)
    local asked = false
    for _, q in ipairs(qualifications_for(need)) do asked = asked or person:wishes("qualification", q.id) end
    return given(asked, otherwise "you have asked for no open qualification that gives this")
  end,
  recommend = function(need, person)
    for _, q in ipairs(qualifications_for(need)) do
      if person:wishes("qualification", q.id) and not person:holds(q.id) then
        local fields = { id = q.id, priority = 59, not_in_house = "you want the award itself, which only an awarding body can give" }
        if q.type == "apprenticeship" then return apprenticeship(fields) end
        if q.type == "status" then return status(fields) end
        return qualification(fields)
      end
    end
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
