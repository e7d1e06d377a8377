-- select from many
-- expect: instructions
rule "hostile" {
  about = "tried on purpose", source = "guide-2010", owner = "tests",
  when = function(need, person, school)
    local n
    while true do n = select("#", table.unpack({ 1, 2, 3, 4, 5, 6, 7, 8 }, 1, 150)) end
  end,
  recommend = function(need, person, school)
    return shadowing {}
  end,
}
