-- next does not exist
-- expect: fault unknown name 'next'
rule "hostile" {
  about = "tried on purpose", source = "guide-2010", owner = "tests",
  when = function(need, person, school)
    local x = next({})
  end,
  recommend = function(need, person, school)
    return shadowing {}
  end,
}
