-- facts read for ever
-- expect: instructions
rule "hostile" {
  about = "tried on purpose", source = "guide-2010", owner = "tests",
  when = function(need, person, school)
    local x
    while true do x = need.title end
  end,
  recommend = function(need, person, school)
    return shadowing {}
  end,
}
