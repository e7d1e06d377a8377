-- the length of a frozen list, over and over
-- expect: instructions
local list = {}
for i = 1, 1000 do list[i] = i end
rule "hostile" {
  about = "tried on purpose", source = "guide-2010", owner = "tests",
  when = function(need, person, school)
    local n
    while true do n = #list end
  end,
  recommend = function(need, person, school)
    return shadowing {}
  end,
}
