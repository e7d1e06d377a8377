-- another object for a need
-- expect: error need expected
rule "hostile" {
  about = "tried on purpose", source = "guide-2010", owner = "tests",
  when = function(need, person, school)
    return school:helpers(person) > 0
  end,
  recommend = function(need, person, school)
    return shadowing {}
  end,
}
