-- a frozen table sorted over and over
-- expect: instructions
local big = {}
for i = 1, 2000 do big["k" .. i] = i end
rule "hostile" {
  about = "tried on purpose", source = "guide-2010", owner = "tests",
  when = function(need, person, school)
    while true do for k in pairs(big) do break end end
  end,
  recommend = function(need, person, school)
    return shadowing {}
  end,
}
