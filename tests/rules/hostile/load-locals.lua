-- more locals than there may be
-- expect: fault too many local variables
--* 300 local x@ = @\n
rule "hostile" {
  about = "tried on purpose", source = "guide-2010", owner = "tests",
  recommend = function(need, person, school)
    return shadowing {}
  end,
}
