-- print does not exist
-- expect: fault unknown name 'print'
rule "hostile" {
  about = "tried on purpose", source = "guide-2010", owner = "tests",
  when = function(need, person, school)
    local x = print("x")
  end,
  recommend = function(need, person, school)
    return shadowing {}
  end,
}
