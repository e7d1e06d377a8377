-- a class that does not exist
-- expect: fault unknown unit, qualification or class 'mathz@2'
rule "hostile" {
  about = "tried on purpose", source = "guide-2010", owner = "tests",
  when = function(need, person, school)
    return person:holds("mathz@2")
  end,
  recommend = function(need, person, school)
    return shadowing {}
  end,
}
