-- a fact as the name of what is written
-- expect: error frozen table is changed
local names = {}
rule "hostile" {
  about = "tried on purpose", source = "guide-2010", owner = "tests",
  when = function(need, person, school)
    names[person.contract] = 1
  end,
  recommend = function(need, person, school)
    return shadowing {}
  end,
}
