-- an attribute that is not offered
-- expect: fault unknown attribute
rule "hostile" {
  about = "tried on purpose", source = "guide-2010", owner = "tests",
  when = function(need, person, school)
    local x <frozen> = 1
  end,
  recommend = function(need, person, school)
    return shadowing {}
  end,
}
