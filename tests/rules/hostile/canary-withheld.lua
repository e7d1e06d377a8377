-- whatever can be read of a person, in an error
-- expect: error withheld
rule "hostile" {
  about = "tried on purpose", source = "guide-2010", owner = "tests",
  when = function(need, person, school)
    error(person.contract .. table.concat(person.formats))
  end,
  recommend = function(need, person, school)
    return shadowing {}
  end,
}
