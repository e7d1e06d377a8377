-- a table in a sum
-- expect: error arithmetic
rule "hostile" {
  about = "tried on purpose", source = "guide-2010", owner = "tests",
  when = function(need, person, school)
    local x = {} + 1
  end,
  recommend = function(need, person, school)
    return shadowing {}
  end,
}
