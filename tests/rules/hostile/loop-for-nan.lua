-- a limit that is no number at all
-- expect: fires
rule "hostile" {
  about = "tried on purpose", source = "guide-2010", owner = "tests",
  when = function(need, person, school)
    for x = 1, 0/0 do return false end
    return true
  end,
  recommend = function(need, person, school)
    return shadowing {}
  end,
}
