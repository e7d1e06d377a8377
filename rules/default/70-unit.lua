-- One gap that no colleague can close at present: a single unit, which recognises existing skills and teaches only the gap.

-- The unit with the fewest credits that the person does not hold; if two have the same credits, the one at the lower level. For a
-- skill, units that assess only knowledge do not count.
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
  about   = "A single unit closes this gap; what you can already do is recognised, and training covers the rest",
  source  = "press-2008",
  owner   = "needsd default rules",
  purpose = { "role", "growth" },
  needs   = "gap",
  when    = function(need, person, school)
    return given(need.differs ~= "certificate", otherwise "you already hold a unit or an award for this")
       and given(unit_for(need, person) ~= nil, otherwise "there is no unit for this that you do not already hold")
       and given(need.purpose ~= "growth" or need.from == "wish", otherwise "your post does not need it, and you have not wished for it")
       and given(person.progression ~= "no", otherwise "you have said that you do not want to study for now")
       and given(school:helpers(need) == 0, otherwise "a colleague in school can help, and that comes first")
  end,
  recommend = function(need, person)
    return unit { code = unit_for(need, person).code, priority = 50, not_in_house = "nobody is available in your school now" }
  end,
}
