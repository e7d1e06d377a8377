-- huge whole numbers as keys
-- expect: memory
rule "hostile" {
  about = "tried on purpose", source = "guide-2010", owner = "tests",
  when = function(need, person, school)
    local t = {}
    for i = 1, 1 << 40 do t[i << 20] = i end
  end,
  recommend = function(need, person, school)
    return shadowing {}
  end,
}
