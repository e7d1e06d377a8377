-- what never equals itself
-- expect: instructions
rule "hostile" {
  about = "tried on purpose", source = "guide-2010", owner = "tests",
  when = function(need, person, school)
    local x = 0/0
    while x ~= x do end
  end,
  recommend = function(need, person, school)
    return shadowing {}
  end,
}
