-- tables compared in a loop
-- expect: instructions
rule "hostile" {
  about = "tried on purpose", source = "guide-2010", owner = "tests",
  when = function(need, person, school)
    local a, b = {}, {}
    while a ~= b do end
  end,
  recommend = function(need, person, school)
    return shadowing {}
  end,
}
