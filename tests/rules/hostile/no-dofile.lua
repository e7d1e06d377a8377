-- dofile does not exist
-- expect: fault unknown name 'dofile'
rule "hostile" {
  about = "tried on purpose", source = "guide-2010", owner = "tests",
  when = function(need, person, school)
    local x = dofile("x")
  end,
  recommend = function(need, person, school)
    return shadowing {}
  end,
}
