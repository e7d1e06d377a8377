-- lists of facts made for ever
-- expect: memory
rule "hostile" {
  about = "tried on purpose", source = "guide-2010", owner = "tests",
  when = function(need, person, school)
    local x
    while true do x = person.roles end
  end,
  recommend = function(need, person, school)
    return shadowing {}
  end,
}
