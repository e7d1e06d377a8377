-- The first unit at level 2 that assesses practice and that the person does not hold. units_for lists units with fewest credits first.
local function next_unit(need, person)
  for _, u in ipairs(units_for(need)) do
    if u.level == 2 and u.credit and not u.knowledge and not person:holds(u.code) then return u end
  end
end

rule "unit-in-class" {
  about    = "A single unit, taken in your own classroom, shows what you can do and counts towards a certificate",
  source   = "press-2008",
  owner    = "Workforce development, an imaginary authority",
  families = "learning-support",
  purpose  = "role",
  needs    = "gap",
  when = function(need, person, school)
    return given(next_unit(need, person) ~= nil, otherwise "there is no unit at level 2 for this that you do not already hold")
       and given(school:helpers(need) == 0, otherwise "a colleague in school can help, and that comes first")
       and given(person.progression == "yes", otherwise "you have not said that you want to move on")
  end,
  recommend = function(need, person)
    local found = next_unit(need, person)
    return unit {
      id = found.id,
      priority = 56,
      because = "A unit of " .. found.credit .. " credits, taken in your own classroom, covers this",
      not_in_house = "nobody is available in your school now",
    }
  end,
}
