-- a step of nothing
-- expect: error 'for' step is zero
rule "hostile" {
  about = "tried on purpose", source = "guide-2010", owner = "tests",
  when = function(need, person, school)
    for x = 1, 2, 0 do end
  end,
  recommend = function(need, person, school)
    return shadowing {}
  end,
}
