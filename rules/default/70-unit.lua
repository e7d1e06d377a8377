-- One gap that no colleague can close now: a single unit, where what is held already is recognised and only the gap is taught.

rule "unit-for-one-gap" {
  about   = "A single unit closes this gap; what you can do already is recognised, and training is for the rest",
  source  = "press-2008",
  owner   = "needsd default rules",
  purpose = { "role", "growth" },
  needs   = "gap",
  when    = function(need, person, school)
    local found = false
    for _, u in ipairs(units_for(need)) do found = found or not person:holds(u.code) end
    return given(found, otherwise "no unit that you do not hold yet gives this")
       and given(person.progression ~= "no", otherwise "you have said that you do not want to study for now")
       and given(school:helpers(need) == 0, otherwise "a colleague in school can help, and that comes first")
  end,
  recommend = function(need, person)
    for _, u in ipairs(units_for(need)) do
      local suits = not u.knowledge or need.nature ~= "skill"
      if suits and not person:holds(u.code) then
        return unit { code = u.code, priority = 50, not_in_house = "nobody is available here now" }
      end
    end
  end,
}
