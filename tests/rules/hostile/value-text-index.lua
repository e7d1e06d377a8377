-- a text indexed by a number
-- expect: error unknown name
rule "hostile" {
  about = "tried on purpose", source = "guide-2010", owner = "tests",
  when = function(need, person, school)
    local x = ("text")[1]
  end,
  recommend = function(need, person, school)
    return shadowing {}
  end,
}
