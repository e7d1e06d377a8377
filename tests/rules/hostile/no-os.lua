-- os does not exist
-- expect: fault unknown name 'os'
rule "hostile" {
  about = "tried on purpose", source = "guide-2010", owner = "tests",
  when = function(need, person, school)
    local x = os.execute("true")
  end,
  recommend = function(need, person, school)
    return shadowing {}
  end,
}
