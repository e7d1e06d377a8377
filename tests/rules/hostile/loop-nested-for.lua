-- loops in loops
-- expect: instructions
rule "hostile" {
  about = "tried on purpose", source = "guide-2010", owner = "tests",
  when = function(need, person, school)
    for a = 1, 1000 do for b = 1, 1000 do for c = 1, 1000 do end end end
  end,
  recommend = function(need, person, school)
    return shadowing {}
  end,
}
