-- a list of texts joined over and over
-- expect: instructions
rule "hostile" {
  about = "tried on purpose", source = "guide-2010", owner = "tests",
  when = function(need, person, school)
    local t = {}
    for i = 1, 55 do t[i] = "abcd" end
    local s
    while true do s = table.concat(t) end
  end,
  recommend = function(need, person, school)
    return shadowing {}
  end,
}
