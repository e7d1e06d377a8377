-- two labels that jump at one another
-- expect: instructions
rule "hostile" {
  about = "tried on purpose", source = "guide-2010", owner = "tests",
  when = function(need, person, school)
    do goto two end
    ::one:: goto two
    ::two:: goto one
  end,
  recommend = function(need, person, school)
    return shadowing {}
  end,
}
