-- collectgarbage does not exist
-- expect: fault unknown name 'collectgarbage'
rule "hostile" {
  about = "tried on purpose", source = "guide-2010", owner = "tests",
  when = function(need, person, school)
    local x = collectgarbage()
  end,
  recommend = function(need, person, school)
    return shadowing {}
  end,
}
