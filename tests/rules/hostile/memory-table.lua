-- a table that grows
-- expect: memory
rule "hostile" {
  about = "tried on purpose", source = "guide-2010", owner = "tests",
  when = function(need, person, school)
    local t = {}
    for i = 1, 10000000 do t[i] = i end
  end,
  recommend = function(need, person, school)
    return shadowing {}
  end,
}
