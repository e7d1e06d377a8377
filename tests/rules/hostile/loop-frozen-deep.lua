-- a frozen table read deep down
-- expect: instructions
local a = { b = { c = { d = { e = 1 } } } }
rule "hostile" {
  about = "tried on purpose", source = "guide-2010", owner = "tests",
  when = function(need, person, school)
    local n
    while true do n = a.b.c.d.e end
  end,
  recommend = function(need, person, school)
    return shadowing {}
  end,
}
