-- another environment for a block
-- expect: fires
rule "hostile" {
  about = "tried on purpose", source = "guide-2010", owner = "tests",
  when = function(need, person, school)
    local _ENV = { x = 1 }
    x = x + 1
    return x == 2
  end,
  recommend = function(need, person, school)
    return shadowing {}
  end,
}
