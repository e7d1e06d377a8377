-- a rule with every competence, thousands of times
-- expect: fires
rule "hostile" {
  about = "tried on purpose", source = "guide-2010", owner = "tests",
  competences = {
--* 3000 "STL1",
 },
  recommend = function(need, person, school)
    return shadowing {}
  end,
}
