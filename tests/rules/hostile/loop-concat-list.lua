-- table.concat in a loop
-- expect: instructions
rule "hostile" {
  about = "tried on purpose", source = "guide-2010", owner = "tests",
  when = function(need, person, school)
    local t = {}
    for i = 1, 230 do t[i] = "x" end
    while true do local s = #table.concat(t) end
  end,
  recommend = function(need, person, school)
    return shadowing {}
  end,
}
