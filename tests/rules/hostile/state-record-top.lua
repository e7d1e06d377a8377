-- facts asked at the top
-- expect: fault this can only be used inside
local found = combination("nvq-stl-2")
rule "hostile" {
  about = "tried on purpose", source = "guide-2010", owner = "tests",
  when = function(need, person, school)
    return true
  end,
  recommend = function(need, person, school)
    return shadowing {}
  end,
}
