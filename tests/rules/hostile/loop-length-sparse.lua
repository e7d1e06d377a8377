-- the length of a table of powers of two
-- expect: instructions
rule "hostile" {
  about = "tried on purpose", source = "guide-2010", owner = "tests",
  when = function(need, person, school)
    local t = { 1 }
    for i = 1, 62 do t[1 << i] = i end
    local n
    while true do n = #t end
  end,
  recommend = function(need, person, school)
    return shadowing {}
  end,
}
