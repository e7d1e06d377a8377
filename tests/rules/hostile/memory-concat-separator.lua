-- the separator alone is too much
-- expect: memory
rule "hostile" {
  about = "tried on purpose", source = "guide-2010", owner = "tests",
  when = function(need, person, school)
    local t = {}
    for i = 1, 1000 do t[i] = "" end
    local s = table.concat(t, ("x"):rep(100))
  end,
  recommend = function(need, person, school)
    return shadowing {}
  end,
}
