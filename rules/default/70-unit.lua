-- One gap that no colleague can close now: a single unit, where what is held already is recognised and only the gap is taught.

-- The smallest unit not held yet, nearest to the work where two are of one size; one that assesses knowledge only is none for a skill.
local function unit_for(need, person)
  local best
  for _, u in ipairs(units_for(need)) do
    local suits = not (u.knowledge and need.nature == "skill") and not person:holds(u.code)
    local credit, level = u.credit or 999, u.level or 9
    if suits and (best == nil or credit < best.credit or (credit == best.credit and level < best.level)) then
      best = { code = u.code, credit = credit, level = level }
    end
  end
  return best
end

rule "unit-for-one-gap" {
  about   = "A single unit closes this gap; what you can do already is recognised, and training is for the rest",
  source  = "press-2008",
  owner   = "needsd default rules",
  purpose = { "role", "growth" },
  needs   = "gap",
  when    = function(need, person, school)
    return given(unit_for(need, person) ~= nil, otherwise "no unit that you do not hold yet gives this")
       and given(person.progression ~= "no", otherwise "you have said that you do not want to study for now")
       and given(school:helpers(need) == 0, otherwise "a colleague in school can help, and that comes first")
  end,
  recommend = function(need, person)
    return unit { code = unit_for(need, person).code, priority = 50, not_in_house = "nobody is available here now" }
  end,
}
