-- load does not exist
-- expect: fault unknown name 'load'
rule "hostile" {
  about = "tried on purpose", source = "guide-2010", owner = "tests",
  when = function(need, person, school)
    local x = load("return 1")
  end,
  recommend = function(need, person, school)
    return shadowing {}
  end,
}
