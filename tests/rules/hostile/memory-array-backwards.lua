-- a list filled from its end
-- expect: memory
rule "hostile" {
  about = "tried on purpose", source = "guide-2010", owner = "tests",
  when = function(need, person, school)
    local t = {}
    for i = 1 << 24, 1, -1 do t[i] = true end
  end,
  recommend = function(need, person, school)
    return shadowing {}
  end,
}
