-- a rule with a role, thousands of times
-- expect: fires
rule "hostile" {
  about = "tried on purpose", source = "guide-2010", owner = "tests",
  roles = {
--* 3000 "TASS",
 },
  recommend = function(need, person, school)
    return shadowing {}
  end,
}
