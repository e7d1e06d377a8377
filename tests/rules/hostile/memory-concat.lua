-- table.concat beyond the longest text
-- expect: memory
rule "hostile" {
  about = "tried on purpose", source = "guide-2010", owner = "tests",
  when = function(need, person, school)
    local t = {}
    for i = 1, 20 do t[i] = ("x"):rep(1000) end
    local s = table.concat(t)
  end,
  recommend = function(need, person, school)
    return shadowing {}
  end,
}
