-- a method of a number
-- expect: error
rule "hostile" {
  about = "tried on purpose", source = "guide-2010", owner = "tests",
  when = function(need, person, school)
    local x = (5):len()
  end,
  recommend = function(need, person, school)
    return shadowing {}
  end,
}
