-- a wide table made in a loop
-- expect: memory
rule "hostile" {
  about = "tried on purpose", source = "guide-2010", owner = "tests",
  when = function(need, person, school)
    local t = {}
    while true do t[#t + 1] = { 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12 } end
  end,
  recommend = function(need, person, school)
    return shadowing {}
  end,
}
