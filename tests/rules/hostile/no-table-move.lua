-- no move
-- expect: error unknown name 'table.move'
rule "hostile" {
  about = "tried on purpose", source = "guide-2010", owner = "tests",
  when = function(need, person, school)
    table.move({ 1 }, 1, 1, 2)
  end,
  recommend = function(need, person, school)
    return shadowing {}
  end,
}
