-- an iterator that never ends
-- expect: instructions
rule "hostile" {
  about = "tried on purpose", source = "guide-2010", owner = "tests",
  when = function(need, person, school)
    for x in function() return 1 end do end
  end,
  recommend = function(need, person, school)
    return shadowing {}
  end,
}
