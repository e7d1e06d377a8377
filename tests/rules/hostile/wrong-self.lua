-- a method of another object
-- expect: error person expected
rule "hostile" {
  about = "tried on purpose", source = "guide-2010", owner = "tests",
  when = function(need, person, school)
    local h = person.holds
    return h(school, "maths@2")
  end,
  recommend = function(need, person, school)
    return shadowing {}
  end,
}
