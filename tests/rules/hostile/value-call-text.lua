-- a text called
-- expect: error call a string
rule "hostile" {
  about = "tried on purpose", source = "guide-2010", owner = "tests",
  when = function(need, person, school)
    local x = ("x")()
  end,
  recommend = function(need, person, school)
    return shadowing {}
  end,
}
