-- a fact handle as a key
-- expect: fires
rule "hostile" {
  about = "tried on purpose", source = "guide-2010", owner = "tests",
  when = function(need, person, school)
    local t = { [need] = 1 }
    return t[need] == 1
  end,
  recommend = function(need, person, school)
    return shadowing {}
  end,
}
