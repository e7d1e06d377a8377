-- short texts, which Lua keeps only once
-- expect: memory
rule "hostile" {
  about = "tried on purpose", source = "guide-2010", owner = "tests",
  when = function(need, person, school)
    local t = {}
    for i = 1, 300000 do t[i] = "p" .. i .. "q" end
  end,
  recommend = function(need, person, school)
    return shadowing {}
  end,
}
